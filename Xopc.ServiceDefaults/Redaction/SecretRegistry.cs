using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Xopc.ServiceDefaults.Redaction;

/// <summary>
/// The secrets this process holds right now (gateway token, provider keys, bot tokens). Wherever one of them turns up in a log line, a span or a
/// health description it is replaced by <c>***</c>, whatever stands around it. Thread-safe; at most <see cref="Capacity"/> at a time.
/// </summary>
public sealed class SecretRegistry
{
    public const int Capacity = 1024;

    /// <summary>Shorter values are not registered: masking every <c>1</c> or <c>abc</c> would make logs unreadable.</summary>
    public const int MinimumLength = 4;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _secrets = new(StringComparer.Ordinal);
    private volatile Snapshot _snapshot = new([], null);

    /// <summary>Longest first, so that a secret that begins with another one is masked as a whole.</summary>
    private sealed record Snapshot(string[] Forms, SearchValues<string>? Search);

    /// <summary>False where the value is null or shorter than <see cref="MinimumLength"/>.</summary>
    /// <exception cref="InvalidOperationException">More than <see cref="Capacity"/> secrets.</exception>
    public bool Register(string? secret)
    {
        if (secret is null || secret.Length < MinimumLength)
        {
            return false;
        }

        lock (_gate)
        {
            if (_secrets.Count >= Capacity && !_secrets.Contains(secret))
            {
                throw new InvalidOperationException($"More than {Capacity} live secrets were registered; forget the ones that are gone.");
            }

            if (_secrets.Add(secret))
            {
                _snapshot = Build(_secrets);
            }
        }

        return true;
    }

    /// <summary>For a secret that was replaced and is worthless now.</summary>
    public void Forget(string? secret)
    {
        lock (_gate)
        {
            if (secret is not null && _secrets.Remove(secret))
            {
                _snapshot = Build(_secrets);
            }
        }
    }

    internal string Mask(string text)
    {
        var snapshot = _snapshot;
        if (snapshot.Search is null)
        {
            return text;
        }

        var at = text.AsSpan().IndexOfAny(snapshot.Search);
        return at < 0 ? text : MaskFrom(text, at, snapshot);
    }

    private static string MaskFrom(string text, int first, Snapshot snapshot)
    {
        var masked = new StringBuilder(text.Length);
        var rest = text.AsSpan();
        for (var at = first; at >= 0; at = rest.IndexOfAny(snapshot.Search!))
        {
            masked.Append(rest[..at]).Append(Redactor.Hidden);
            rest = rest[at..];
            foreach (var form in snapshot.Forms)
            {
                if (rest.StartsWith(form, StringComparison.Ordinal))
                {
                    rest = rest[form.Length..];
                    break;
                }
            }
        }

        return masked.Append(rest).ToString();
    }

    private static Snapshot Build(HashSet<string> secrets)
    {
        // A secret also travels percent-encoded (URLs), escaped (JSON) and, with a user name or colon before it, in base64 (Basic): the last is left to the patterns.
        var forms = secrets
            .SelectMany(s => new[] { s, Uri.EscapeDataString(s), JsonEncodedText.Encode(s).Value })
            .Distinct(StringComparer.Ordinal).OrderByDescending(s => s.Length).ToArray();
        return new Snapshot(forms, forms.Length == 0 ? null : SearchValues.Create(forms, StringComparison.Ordinal));
    }
}
