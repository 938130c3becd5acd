//go:build linux

package main

import (
	"fmt"
	"slices"
)

// quartilesOf shows the median of the values and, in brackets, their first and third quartile.
func quartilesOf(values []float64, digits int) string {
	sorted := slices.Sorted(slices.Values(values))
	return fmt.Sprintf("%.*f (quartiles %.*f to %.*f)",
		digits, quantile(sorted, 0.5), digits, quantile(sorted, 0.25), digits, quantile(sorted, 0.75))
}

// quantile interpolates between the two values nearest to the place.
func quantile(sorted []float64, q float64) float64 {
	place := q * float64(len(sorted)-1)
	below := int(place)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (place-float64(below))*(sorted[above]-sorted[below])
}
