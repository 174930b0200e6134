// Opens the page that the address names.
() => barometer.open()
