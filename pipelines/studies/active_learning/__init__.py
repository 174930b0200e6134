"""Does asking for uncertain headlines save labels?"""
