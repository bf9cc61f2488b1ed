// Package hashivault stands where the keeper of secrets behind hashivault:// was.
package hashivault

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/secrets"
)

type refusal struct{}

func init() {
	secrets.DefaultURLMux().RegisterKeeper("hashivault", refusal{})
}

func (refusal) OpenKeeperURL(context.Context, *url.URL) (*secrets.Keeper, error) {
	return nil, errors.New("secrets by hashivault:// are left out of this engine, which ./launch built from source: " +
		"put Pulumi's own release, which has everything, on PATH")
}
