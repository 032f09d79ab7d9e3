SELECT raw_name_norm, status FROM match_review_queue
