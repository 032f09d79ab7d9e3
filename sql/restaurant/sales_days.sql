-- The days there are orders of, and the money of lines that are no item yet.
SELECT min(business_date) AS first, max(business_date) AS last,
       (SELECT coalesce(sum(revenue), 0) FROM unmatched_lines
        WHERE (CAST(:first AS date) IS NULL OR business_date >= :first)
          AND (CAST(:last AS date) IS NULL OR business_date <= :last)) AS unmatched
FROM orders
