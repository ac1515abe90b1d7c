"""The demo business: its website, its configuration and its care guide. Never imported by the product."""
