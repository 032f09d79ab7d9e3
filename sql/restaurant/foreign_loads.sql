-- Orders that no sandbox gave: real ones, or files somebody loaded.
SELECT source, name FROM order_loads WHERE source <> 'sandbox' AND status = 'loaded' ORDER BY load_id DESC LIMIT 1
