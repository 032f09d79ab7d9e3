"""Reports to the people of the store: what is in them, as plain figures. Looks are templates/email and charts.py."""
