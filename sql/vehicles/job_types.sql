SELECT config_name, job_type, template_settings, output_format, qr_settings
FROM order_processing_config
WHERE is_active
ORDER BY config_name
