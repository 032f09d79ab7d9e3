"""The forms of the shop's web page: design request, request for a sold out item, newsletter (`ops intake`).

guard.py is what is let in at all, forms.py what people fill in and how it is checked, app.py the pages, store.py the
tables behind them, exports.py the CSV files that are written out of those, server.py serves it all.
"""
