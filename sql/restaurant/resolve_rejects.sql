UPDATE order_rejects SET resolved_at = :now WHERE reject_id = ANY(:ids)
