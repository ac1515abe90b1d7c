"""Public sets of questions and answers whose licences let them be kept here: the format, and the sets."""
