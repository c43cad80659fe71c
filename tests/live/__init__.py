"""What the portal assumes of Stripe, as scripts: run against the stand-in always, against Stripe with a test key."""
