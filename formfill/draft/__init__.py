"""A blank in, a proposed map out: what a page prints, where something is to be written, and what it asks."""
