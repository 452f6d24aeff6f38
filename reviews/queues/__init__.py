"""Which calls are to be reviewed: planning and drawing a queue, how far it is, and what it says of all calls."""
