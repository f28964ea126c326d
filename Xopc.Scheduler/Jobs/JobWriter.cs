using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Xopc.Scheduler.Jobs;

/// <summary>A job as JSON, as <see cref="JobReader"/> reads it: what is null is left out, every default is written.</summary>
internal static class JobWriter
{
    /// <summary>The stored form: with the anchor of its schedule.</summary>
    public static string Write(Job job)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            WriteFields(writer, job, stored: true);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>The job's fields into an object that is open.</summary>
    /// <param name="stored">With what only the store needs.</param>
    public static void WriteFields(Utf8JsonWriter writer, Job job, bool stored = false)
    {
        writer.WriteString("id", job.Id);
        WriteText(writer, "name", job.Name);
        writer.WriteStartObject("schedule");
        writer.WriteString("kind", JobWords.Schedules.For(job.Schedule.Kind));
        writer.WriteString("expression", job.Schedule.Expression);
        WriteText(writer, "timezone", job.Schedule.TimeZone);
        if (stored && job.Schedule.Anchor is { } anchor)
        {
            writer.WriteString("anchor", Moment(anchor));
        }

        writer.WriteEndObject();
        writer.WriteBoolean("enabled", job.Enabled);
        WritePayload(writer, job.Payload);
        writer.WriteString("sessionTarget", JobWords.Targets.For(job.SessionTarget));
        WriteText(writer, "agentId", job.AgentId);
        WriteText(writer, "model", job.Model);
        WriteDelivery(writer, job.Delivery);
        writer.WriteNumber("timeout", job.TimeoutMs);
        writer.WriteNumber("maxRetries", job.MaxRetries);
        writer.WriteStartObject("missed");
        writer.WriteString("policy", JobWords.Missed.For(job.Missed.Policy));
        writer.WriteNumber("max", job.Missed.Max);
        writer.WriteNumber("maxLatenessSeconds", (long)job.Missed.MaxLateness.TotalSeconds);
        writer.WriteEndObject();
        writer.WriteString("overlap", JobWords.Overlaps.For(job.Overlap));
        WriteText(writer, "endsAt", job.EndsAt is { } end ? Moment(end) : null);
        if (job.MaxRuns is { } runs)
        {
            writer.WriteNumber("maxRuns", runs);
        }

        writer.WriteStartArray("tags");
        foreach (var tag in job.Tags)
        {
            writer.WriteStringValue(tag);
        }

        writer.WriteEndArray();
    }

    private static void WritePayload(Utf8JsonWriter writer, JobPayload payload)
    {
        writer.WriteStartObject("payload");
        writer.WriteString("kind", JobWords.Payloads.For(payload.Kind));
        writer.WriteString(payload.Kind == PayloadKind.SystemEvent ? "text" : "message", payload.Text);
        WriteText(writer, "model", payload.Model);
        if (payload.TimeoutSeconds is { } seconds)
        {
            writer.WriteNumber("timeoutSeconds", seconds);
        }

        writer.WriteEndObject();
    }

    private static void WriteDelivery(Utf8JsonWriter writer, JobDelivery delivery)
    {
        writer.WriteStartObject("delivery");
        writer.WriteString("mode", JobWords.Modes.For(delivery.Mode));
        WriteText(writer, "channel", delivery.Channel);
        WriteText(writer, "to", delivery.To);
        WriteText(writer, "accountId", delivery.AccountId);
        writer.WriteBoolean("bestEffort", delivery.BestEffort);
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static string Moment(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
