// Package cli stands where the commands of Pulumi ESC were, whose environments only Pulumi Cloud keeps.
package cli

import (
	"errors"

	"github.com/pulumi/esc"
	"github.com/pulumi/esc/cmd/esc/cli/workspace"
	"github.com/pulumi/pulumi/pkg/v3/backend/httpstate"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/spf13/cobra"
)

var errLeftOut = errors.New("environments of Pulumi ESC are left out of this engine, which ./launch built from source: " +
	"put Pulumi's own release, which has everything, on PATH")

// Options is what `pulumi env` would need.
type Options struct {
	ParentPath      string
	UserAgent       string
	Colors          colors.Colorization
	Login           httpstate.LoginManager
	PulumiWorkspace workspace.PulumiWorkspace
}

// PrepareOptions is what an opened environment would be prepared with.
type PrepareOptions struct {
	Quote   bool
	Pretend bool
	Redact  bool
}

// New returns a command whose one subcommand, `env`, refuses.
func New(*Options) *cobra.Command {
	root := &cobra.Command{Use: "esc"}
	root.AddCommand(&cobra.Command{
		Use:                "env",
		Short:              "Manage environments (left out of this engine)",
		DisableFlagParsing: true,
		RunE:               func(*cobra.Command, []string) error { return errLeftOut },
	})
	return root
}

// PrepareEnvironment refuses.
func PrepareEnvironment(*esc.Environment, *PrepareOptions) (files, environ, secrets []string, err error) {
	return nil, nil, nil, errLeftOut
}
