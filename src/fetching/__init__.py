"""Getting bytes of MNIST from wherever they are to be had, trusting none of the places."""
