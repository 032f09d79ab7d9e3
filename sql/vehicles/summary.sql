SELECT metric_name, metric_value FROM get_order_processing_summary()
