-- What was given up because it was to come after one of these, and was never tried.
SELECT effect_id FROM effects WHERE after_id = ANY(:ids) AND status = 'suppressed' AND attempt = 0
