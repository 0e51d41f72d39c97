"""What grew on a disk: the sizes of its folders now and then, and which of them explains the difference."""
