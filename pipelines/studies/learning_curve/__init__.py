"""Would more labels help?"""
