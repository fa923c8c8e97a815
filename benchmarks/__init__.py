"""Speed, memory and accuracy, measured on this machine in one run; never asserted in tests."""
