"""Pictures of the handover as inline SVG, drawn from values; colours come from the page, so they fit light and dark."""
