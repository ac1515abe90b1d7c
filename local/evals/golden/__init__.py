"""Questions with the pages that answer them: the format, the sets kept here, and what is measured on them."""
