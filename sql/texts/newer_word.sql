-- Whether this phone wrote STOP or START after a moment.
SELECT EXISTS (
    SELECT FROM text_inbound
    WHERE digits = :digits AND is_sandbox = :is_sandbox AND meaning IN ('stop', 'start') AND at > :at
)
