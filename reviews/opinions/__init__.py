"""What people say about a call besides the first review: second opinions, disputes, calibrations, comments, labels."""
