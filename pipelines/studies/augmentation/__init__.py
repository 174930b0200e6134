"""Do altered copies of the training texts help?"""
