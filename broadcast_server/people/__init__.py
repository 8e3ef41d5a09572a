"""The people of the station: accounts, what each role may do, and how a visitor proves who they are."""
