using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Scheduler.Jobs;

/// <summary>
/// JSON → <see cref="Job"/>, strictly: an unknown field is a fault, and all faults are told at once. Short forms: <c>schedule</c> as a bare string is a cron
/// expression; <c>timezone</c> beside it is its zone; <c>message</c> without a payload is an agent's turn in a session of its own; <c>missed</c> as a bare word is its policy.
/// <code>{"schedule":"*/5 * * * *","timezone":"Europe/Berlin","message":"Any news?","delivery":{"mode":"direct","channel":"telegram","to":"42"}}</code>
/// </summary>
internal static class JobReader
{
    private const int MaxId = 32;
    private const int MaxText = 50_000;
    private const int MaxTags = 20;

    // The words that stand where an id would in a path.
    private static readonly string[] Reserved = ["create", "trigger", "metrics", "runs", "preview"];

    /// <summary>What somebody asks for. A moment that is past is a fault, and so is a schedule of which no instant is to come.</summary>
    public static JobReading ReadNew(JsonElement body, string defaultZone, DateTimeOffset now) => Read(body, new JobReadingContext(defaultZone, now, Before: null));

    /// <summary>
    /// A job after a change: each field that is given takes the place of the job's, and null takes the job's away. The schedule is judged against
    /// <paramref name="now"/>, and its spans begin anew, only where it changes.
    /// </summary>
    public static JobReading ReadChange(Job job, JsonElement change, string defaultZone, DateTimeOffset now)
    {
        if (change.ValueKind != JsonValueKind.Object)
        {
            return new JobReading(null, [new JobFault("", "is no object")]);
        }

        if (!change.EnumerateObject().Any())
        {
            return new JobReading(null, [new JobFault("", "needs at least one field that changes")]);
        }

        return Merged(job, change) is { } merged
            ? Read(merged, new JobReadingContext(defaultZone, now, job))
            : new JobReading(null, [new JobFault("", "has the same field twice, or half a character")]);
    }

    /// <summary>A job's row. Its schedule is not judged: it may be past.</summary>
    public static JobReading ReadStored(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Read(document.RootElement, context: null);
        }
        catch (JsonException e)
        {
            return new JobReading(null, [new JobFault("", $"is no JSON ({e.Message})")]);
        }
    }

    private static JsonElement? Merged(Job job, JsonElement change)
    {
        try
        {
            var merged = JsonNode.Parse(JobWriter.Write(job))!.AsObject();
            if (change.TryGetProperty("message", out _))
            {
                merged.Remove("payload");
            }

            if (change.TryGetProperty("schedule", out var schedule) && schedule.ValueKind == JsonValueKind.String && !change.TryGetProperty("timezone", out _))
            {
                merged["timezone"] = job.Schedule.TimeZone;
            }
            else if (change.TryGetProperty("timezone", out var zone) && !change.TryGetProperty("schedule", out _))
            {
                merged["schedule"]!.AsObject().Remove("timezone");
            }

            foreach (var field in change.EnumerateObject())
            {
                merged[field.Name] = field.Value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(field.Value.GetRawText());
            }

            return JsonSerializer.SerializeToElement(merged, SchedulerJson.Default.JsonObject);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or JsonException)
        {
            return null;
        }
    }

    private static JobReading Read(JsonElement body, JobReadingContext? context)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return new JobReading(null, [new JobFault("", "is no object")]);
        }

        List<JobFault> faults = [];
        var fields = new JobFields(body, "", faults);
        var id = Id(fields, context);
        var schedule = Schedule(fields, context);
        var bare = fields.Has("message") && !fields.Has("payload");
        var payload = Payload(fields);
        var job = new Job(id, schedule, payload)
        {
            Name = fields.Word("name", 100),
            Enabled = fields.Flag("enabled") ?? true,
            SessionTarget = fields.Choice("sessionTarget", JobWords.Targets) ?? (bare ? SessionTarget.Isolated : SessionTarget.Main),
            AgentId = fields.Word("agentId", 64)?.ToLowerInvariant(),
            Model = fields.Word("model", 100),
            Delivery = Delivery(fields),
            TimeoutMs = fields.Number("timeout", 1_000, 300_000) ?? Job.DefaultTimeoutMs,
            MaxRetries = fields.Number("maxRetries", 0, 10) ?? Job.DefaultMaxRetries,
            Missed = Missed(fields),
            Overlap = fields.Choice("overlap", JobWords.Overlaps) ?? OverlapPolicy.Skip,
            EndsAt = fields.Moment("endsAt"),
            MaxRuns = fields.Number("maxRuns", 1, 1_000_000),
            Tags = Tags(fields),
        };
        fields.RefuseUnknown();
        if (context is not null && job.EndsAt <= context.Now && job.EndsAt != context.Before?.EndsAt)
        {
            faults.Add(new JobFault("endsAt", "is past"));
        }

        return faults.Count == 0 ? new JobReading(job, []) : new JobReading(null, faults);
    }

    private static string Id(JobFields fields, JobReadingContext? context)
    {
        if (fields.Text("id", MaxId) is not { } id)
        {
            if (context is null)
            {
                fields.Fault("id", "is missing");
            }

            return Guid.NewGuid().ToString("N")[..8];
        }

        if (context?.Before is { } before && id != before.Id)
        {
            fields.Fault("id", "cannot change");
        }
        else if (!id.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') || Reserved.Contains(id))
        {
            fields.Fault("id", $"is not 1 to {MaxId} of a-z 0-9 - _, or one of the words {string.Join(", ", Reserved)}");
        }

        return id;
    }

    private static JobSchedule Schedule(JobFields fields, JobReadingContext? context)
    {
        var beside = fields.Word("timezone", 64);
        JobSchedule schedule;
        if (fields.Take("schedule") is not { } value)
        {
            fields.Fault("schedule", "is missing");
            return new JobSchedule(ScheduleKind.Cron, "");
        }

        if (JobFields.TextOf(value) is { } cron)
        {
            schedule = new JobSchedule(ScheduleKind.Cron, cron.Trim(), beside);
            if (schedule.Expression.Length == 0)
            {
                fields.Fault("schedule", "is empty");
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            schedule = Written(fields.Of(value, "schedule"), beside);
        }
        else
        {
            fields.Fault("schedule", "is neither a cron expression nor an object");
            return new JobSchedule(ScheduleKind.Cron, "");
        }

        return context is null ? schedule : Judged(fields, schedule, context);
    }

    private static JobSchedule Judged(JobFields fields, JobSchedule schedule, JobReadingContext context)
    {
        var before = context.Before?.Schedule;
        if (before is not null && before with { Anchor = null } == schedule with { Anchor = null })
        {
            return before;
        }

        schedule = schedule with { Anchor = DateTimeOffset.FromUnixTimeSeconds(context.Now.ToUnixTimeSeconds()) };
        if (schedule.TimeZone is { } zone && !IsZone(zone))
        {
            fields.Fault("timezone", "is no time zone of the IANA database, for example Europe/Berlin or UTC");
            return schedule;
        }

        if (schedule.Expression.Length == 0)
        {
            return schedule; // said already
        }

        if (schedule.Compile(context.DefaultZone, out var fault) is not { } compiled)
        {
            fields.Fault("schedule", fault!);
        }
        else if (compiled.NextAfter(context.Now) is null)
        {
            fields.Fault("schedule", "is past: no moment of it is to come");
        }

        return schedule;
    }

    private static bool IsZone(string zone) =>
        zone.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+') && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _);

    private static JobSchedule Written(JobFields within, string? beside)
    {
        var kind = within.Choice("kind", JobWords.Schedules) ?? ScheduleKind.Cron;
        var expression = kind == ScheduleKind.Every && within.Milliseconds("expression") is { } ms ? ms : within.Word("expression", 200);
        if (expression is null)
        {
            within.Fault("expression", "is missing");
        }

        var zone = within.Word("timezone", 64);
        if (zone is not null && beside is not null && zone != beside)
        {
            within.Fault("timezone", "differs from the timezone beside it");
        }

        var schedule = new JobSchedule(kind, expression ?? "", zone ?? beside, within.Moment("anchor"));
        within.RefuseUnknown();
        return schedule;
    }

    private static JobPayload Payload(JobFields fields)
    {
        if (fields.Has("message") && !fields.Has("payload"))
        {
            return new JobPayload(PayloadKind.AgentTurn, fields.Text("message", MaxText) ?? Missing(fields, "message"));
        }

        if (fields.Within("payload") is not { } payload)
        {
            return new JobPayload(PayloadKind.SystemEvent, Missing(fields, "payload"));
        }

        if (payload.Choice("kind", JobWords.Payloads) is not { } kind)
        {
            payload.Fault("kind", "says whether it is a systemEvent or an agentTurn");
            return new JobPayload(PayloadKind.SystemEvent, "");
        }

        var name = kind == PayloadKind.SystemEvent ? "text" : "message";
        var text = payload.Text(name, MaxText) ?? Missing(payload, name);
        var read = kind == PayloadKind.SystemEvent
            ? new JobPayload(kind, text)
            : new JobPayload(kind, text, payload.Word("model", 100), payload.Number("timeoutSeconds", 10, 3_600));
        payload.RefuseUnknown();
        return read;
    }

    private static JobDelivery Delivery(JobFields fields)
    {
        if (fields.Within("delivery") is not { } delivery)
        {
            return JobDelivery.None;
        }

        var read = new JobDelivery(
            delivery.Choice("mode", JobWords.Modes) ?? DeliveryMode.None, delivery.Word("channel", 32)?.ToLowerInvariant(), delivery.Word("to", 100),
            delivery.Word("accountId", 64)?.ToLowerInvariant(), delivery.Flag("bestEffort") ?? false);
        delivery.RefuseUnknown();
        if (read.Mode != DeliveryMode.None && read.Channel != JobDelivery.Nowhere && (read.Channel is null || read.To is null))
        {
            delivery.Fault(read.Channel is null ? "channel" : "to", $"is missing, with a mode other than {JobWords.Modes.For(DeliveryMode.None)}");
        }

        return read;
    }

    private static MissedRuns Missed(JobFields fields)
    {
        if (fields.TakeWord("missed", JobWords.Missed) is { } policy)
        {
            return MissedRuns.Default with { Policy = policy };
        }

        if (fields.Within("missed") is not { } missed)
        {
            return MissedRuns.Default;
        }

        var read = new MissedRuns(
            missed.Choice("policy", JobWords.Missed) ?? MissedRuns.Default.Policy, missed.Number("max", 1, 100) ?? MissedRuns.DefaultMax,
            missed.Number("maxLatenessSeconds", 1, 30 * 86_400) is { } seconds ? TimeSpan.FromSeconds(seconds) : MissedRuns.DefaultMaxLateness);
        missed.RefuseUnknown();
        return read;
    }

    private static List<string> Tags(JobFields fields)
    {
        List<string> tags = [];
        if (fields.Take("tags") is not { } value)
        {
            return tags;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxTags)
        {
            fields.Fault("tags", $"is no list of at most {MaxTags} words");
            return tags;
        }

        foreach (var item in value.EnumerateArray())
        {
            if (JobFields.TextOf(item)?.Trim() is not { Length: > 0 and <= 50 } tag || tag.Any(char.IsControl))
            {
                fields.Fault("tags", "has an item that is not a word of 1 to 50 characters");
                return tags;
            }

            if (!tags.Contains(tag, StringComparer.Ordinal))
            {
                tags.Add(tag);
            }
        }

        return tags;
    }

    private static string Missing(JobFields fields, string name)
    {
        fields.Fault(name, "is missing or empty");
        return "";
    }
}
