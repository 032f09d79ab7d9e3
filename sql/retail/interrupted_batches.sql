-- Batches of an automation whose run died.
SELECT batch_id FROM change_batches WHERE automation = :automation AND status = 'applying' ORDER BY batch_id
