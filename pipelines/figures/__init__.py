"""The plots of studies, in the style of `pipelines.plots`."""
