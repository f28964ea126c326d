using System.Diagnostics;
using Xopc.Agents.Runs;
using Xopc.Contracts;

namespace Xopc.Agents.Turns;

/// <summary>
/// The span <c>turn</c> of one attempt, below the span that asked for the turn. Its tags name the agent, not the session: a session's key names the person.
/// </summary>
internal sealed class TurnSpan : IDisposable
{
    private readonly Activity? _activity;
    private bool _ended;

    private TurnSpan(Activity? activity) => _activity = activity;

    public static TurnSpan Start(ClaimedTurn claimed)
    {
        var activity = AgentsTelemetry.Source.HasListeners()
            ? AgentsTelemetry.Source.StartActivity("turn", ActivityKind.Consumer, claimed.Row.TraceParent)
            : null;
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("xopc.agent.id", SessionKey.TryParse(claimed.Run.SessionKey, null, out var key) ? key.AgentId : null);
            activity.SetTag("xopc.turn.id", claimed.Row.Id);
            activity.SetTag("xopc.run.id", claimed.Run.RunId);
            activity.SetTag("xopc.turn.attempt", claimed.Row.Attempt);
        }

        return new TurnSpan(activity);
    }

    /// <param name="state">One of <see cref="RunStates"/>.</param>
    /// <param name="model">The model that answered; null when none did.</param>
    public void Ended(string state, string? model, TurnFailure failure)
    {
        _ended = true;
        if (_activity is not { IsAllDataRequested: true })
        {
            return; // nobody exports it: it only carries the trace on
        }

        _activity.SetTag("xopc.model", model);
        _activity.SetTag("xopc.turn.outcome", state);
        if (state is RunStates.Error or RunStates.Interrupted)
        {
            Fail(failure.ToString());
        }
        else if (state == RunStates.Ok)
        {
            _activity.SetStatus(ActivityStatusCode.Ok);
        }
    }

    /// <summary>The turn was handed back for a later process: neither success nor failure.</summary>
    public void Returned()
    {
        _ended = true;
        _activity?.SetTag("xopc.turn.outcome", "returned");
    }

    /// <summary>A span that nobody ended belongs to a turn that could not be written, or was taken over.</summary>
    public void Dispose()
    {
        if (!_ended)
        {
            _activity?.SetTag("xopc.turn.outcome", "lost");
            Fail("Lost");
        }

        _activity?.Dispose();
    }

    private void Fail(string type)
    {
        _activity?.SetTag("error.type", type);
        _activity?.SetStatus(ActivityStatusCode.Error);
    }
}
