"""What is to be expected of Sekisho in trouble: new lists under load, too much load, long lists, little memory."""
