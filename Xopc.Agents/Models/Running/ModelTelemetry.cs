using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>
/// One span and one set of figures per attempt, named as OpenTelemetry names model calls. Never the text of a conversation, a tool's arguments or a key.
/// </summary>
internal sealed class ModelTelemetry : IDisposable
{
    public const string Name = "Xopc.Agents.Models";

    private static readonly ActivitySource Source = new(Name);

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstUpdate;
    private readonly Histogram<long> _tokens;
    private readonly Counter<long> _attempts;

    public ModelTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _duration = _meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of one model call, one try.");
        _firstUpdate = _meter.CreateHistogram<double>("xopc.model.time_to_first_update", "s", "Time until a model call showed something.");
        _tokens = _meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of one model call.");
        _attempts = _meter.CreateCounter<long>("xopc.model.attempts", "{attempt}", "Tries of model calls by outcome.");
    }

    /// <summary>Null when nobody listens.</summary>
    public static Activity? Start(ModelRef model, int attempt)
    {
        var before = Activity.Current;
        var activity = Source.StartActivity("chat " + model.Model, ActivityKind.Client);
        activity?.SetTag("gen_ai.operation.name", "chat");
        activity?.SetTag("gen_ai.provider.name", model.Provider);
        activity?.SetTag("gen_ai.request.model", model.Model);
        activity?.SetTag("xopc.model.attempt", attempt);
        // An iterator cannot carry an ambient span over its yields: the caller's must not change under it.
        Activity.Current = before;
        return activity;
    }

    public void FirstUpdate(ModelRef model, TimeSpan elapsed) => _firstUpdate.Record(elapsed.TotalSeconds, Tags(model));

    /// <param name="outcome"><c>ok</c>, <c>cancelled</c>, or the failure's kind.</param>
    public void Ended(Activity? activity, ModelRef model, string outcome, UsageDetails? usage, TimeSpan elapsed)
    {
        var tags = Tags(model);
        _attempts.Add(1, new TagList { { "gen_ai.provider.name", model.Provider }, { "gen_ai.request.model", model.Model }, { "outcome", outcome } });
        _duration.Record(elapsed.TotalSeconds, tags);
        if (usage is not null)
        {
            RecordTokens(model, "input", usage.InputTokenCount);
            RecordTokens(model, "output", usage.OutputTokenCount);
            activity?.SetTag("gen_ai.usage.input_tokens", usage.InputTokenCount);
            activity?.SetTag("gen_ai.usage.output_tokens", usage.OutputTokenCount);
        }

        if (outcome is not ("ok" or "cancelled"))
        {
            activity?.SetTag("error.type", outcome);
            activity?.SetStatus(ActivityStatusCode.Error);
        }

        activity?.Dispose();
    }

    public void Dispose() => _meter.Dispose();

    private void RecordTokens(ModelRef model, string type, long? count)
    {
        if (count is { } tokens)
        {
            _tokens.Record(tokens, new TagList { { "gen_ai.provider.name", model.Provider }, { "gen_ai.request.model", model.Model }, { "gen_ai.token.type", type } });
        }
    }

    private static TagList Tags(ModelRef model) => new()
    {
        { "gen_ai.operation.name", "chat" }, { "gen_ai.provider.name", model.Provider }, { "gen_ai.request.model", model.Model },
    };
}
