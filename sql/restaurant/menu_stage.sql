-- What the sizes of the menu are to be; gone with the transaction.
CREATE TEMP TABLE IF NOT EXISTS menu_wanted (
    menu_item_id      integer,
    name              text NOT NULL,
    type              text NOT NULL,
    variant           text NOT NULL,
    description       text NOT NULL,
    unit              text,
    value             numeric,
    price             numeric,
    petpooja_itemid   bigint,
    petpooja_addonid  text,
    addon_eligible    boolean NOT NULL,
    delivery_eligible boolean NOT NULL,
    is_active         boolean NOT NULL
) ON COMMIT DROP
