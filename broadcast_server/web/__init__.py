"""Pages rendered by the server: good on a phone, without JavaScript."""
