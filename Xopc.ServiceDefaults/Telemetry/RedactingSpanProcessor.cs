using System.Diagnostics;
using System.Runtime.CompilerServices;
using OpenTelemetry;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Telemetry;

/// <summary>
/// Cleans every span before it is exported: tags (Telegram's token is in <c>url.full</c>), events (exception messages), links, names and the status
/// description.
/// </summary>
internal sealed class RedactingSpanProcessor(Redactor redactor) : BaseProcessor<Activity>
{
    private const int TextLimit = 8 * 1024;

    public override void OnEnd(Activity data)
    {
        foreach (ref readonly var tag in data.EnumerateTagObjects())
        {
            Clean(in tag);
        }

        foreach (ref readonly var happening in data.EnumerateEvents())
        {
            foreach (ref readonly var tag in happening.EnumerateTagObjects())
            {
                Clean(in tag);
            }
        }

        foreach (ref readonly var link in data.EnumerateLinks())
        {
            foreach (ref readonly var tag in link.EnumerateTagObjects())
            {
                Clean(in tag);
            }
        }

        var name = redactor.Redact(data.DisplayName, TextLimit);
        if (!ReferenceEquals(name, data.DisplayName))
        {
            data.DisplayName = name;
        }

        if (data.StatusDescription is { } description)
        {
            data.SetStatus(data.Status, redactor.Redact(description, TextLimit));
        }
    }

    /// <summary>
    /// Overwrites the tag where it lies. <see cref="Activity.SetTag"/> reaches only the first of two tags of one name, and nothing public reaches
    /// the tags of an event at all; the enumerators hand out references into the nodes that the exporter reads.
    /// </summary>
    private void Clean(ref readonly KeyValuePair<string, object?> tag)
    {
        var clean = tag.Value switch
        {
            null or bool or int or long or double => tag.Value,
            var value when redactor.IsSecretName(tag.Key) => Redactor.MaskValue(value.ToString() ?? ""),
            string text => redactor.Redact(text, TextLimit),
            string[] texts => Array.ConvertAll(texts, text => redactor.Redact(text, TextLimit)),
            Uri uri => redactor.Redact(uri.ToString(), TextLimit),
            var other => other,
        };
        if (!ReferenceEquals(clean, tag.Value))
        {
            Unsafe.AsRef(in tag) = new KeyValuePair<string, object?>(tag.Key, clean);
        }
    }
}
