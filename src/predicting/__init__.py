"""From a picture of a digit, as people take and draw them, to pixels as MNIST has them."""
