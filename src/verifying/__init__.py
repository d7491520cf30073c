"""What is published, where a file differs from it, and how far it may: the parts of verify.py."""
