// Package trace stands where the commands were that show traces of the engine.
package trace

import (
	"errors"

	"github.com/spf13/cobra"
)

// NewViewTraceCmd returns a command that refuses.
func NewViewTraceCmd() *cobra.Command {
	return refusing("view-trace")
}

// NewConvertTraceCmd returns a command that refuses.
func NewConvertTraceCmd() *cobra.Command {
	return refusing("convert-trace")
}

func refusing(name string) *cobra.Command {
	return &cobra.Command{
		Use:                name,
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("`pulumi " + name + "` is left out of this engine, which ./launch built from source: " +
				"put Pulumi's own release, which has everything, on PATH")
		},
	}
}
