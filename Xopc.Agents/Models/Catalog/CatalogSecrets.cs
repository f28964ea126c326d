using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Agents.Models;

/// <summary>Tells the redaction which keys are in use, so that none shows in a log wherever it turns up. Used under the catalog's lock.</summary>
internal sealed class CatalogSecrets(SecretRegistry registry, Redactor redactor)
{
    /// <summary>Placeholders for servers that need no key (<c>ollama</c>, <c>none</c>) are short words: masking them would make logs unreadable.</summary>
    private const int MinimumLength = 8;

    /// <summary>A quarter of what the registry holds; nobody has so many providers.</summary>
    private const int MaxSecrets = SecretRegistry.Capacity / 4;

    private HashSet<string> _live = [];
    private HashSet<string> _before = [];

    /// <summary>Registers the snapshot's keys. Those that a change replaced stay known until the next change: a call under way may still tell of them.</summary>
    public void Follow(CatalogSnapshot snapshot)
    {
        var live = snapshot.Providers.SelectMany(Of).Take(MaxSecrets).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _before.Where(secret => !live.Contains(secret) && !_live.Contains(secret)))
        {
            registry.Forget(gone);
        }

        foreach (var secret in live)
        {
            registry.Register(secret);
        }

        (_before, _live) = (_live, live);
    }

    private IEnumerable<string> Of(ProviderInfo provider)
    {
        var headers = provider.Headers.Concat(provider.Models.SelectMany(static model => model.Headers)).Where(header => redactor.IsSecretName(header.Key));
        foreach (var text in headers.Select(static header => header.Value.Text).Append(provider.Key?.Text))
        {
            // Authorization: Bearer sk-… — the key is a secret without its scheme too.
            var value = text?[(text.LastIndexOf(' ') + 1)..];
            if (value is { Length: >= MinimumLength } && !value.Equals(provider.Id, StringComparison.OrdinalIgnoreCase))
            {
                yield return value;
            }
        }
    }
}
