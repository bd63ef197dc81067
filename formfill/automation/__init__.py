"""Many requests at once and unattended: batches and the drop folder."""
