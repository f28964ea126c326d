using System.Runtime.CompilerServices;
using Xopc.Configuration;

namespace Xopc.Agents.Models;

/// <summary>
/// Calls models: candidates in order, transient retries, idle time-out, one total deadline. The only owner of retries of a model call; the clients
/// below make every call once.
/// </summary>
internal sealed partial class ModelRunner(
    ModelCatalog catalog, ModelClients clients, ModelCooldowns cooldowns, ModelTelemetry telemetry, Func<ModelsConfig> settings, TimeProvider clock,
    ILogger<ModelRunner> log)
{
    /// <summary>Tries of one model in one call: the first and two more.</summary>
    private const int MaxTries = 3;

    private const int MaxReasons = 1_000;

    private readonly ModelCatalog _catalog = catalog;
    private readonly ModelClients _clients = clients;
    private readonly ModelCooldowns _cooldowns = cooldowns;
    private readonly ModelTelemetry _telemetry = telemetry;
    private readonly Func<ModelsConfig> _settings = settings;
    private readonly TimeProvider _clock = clock;
    private readonly ILogger<ModelRunner> _log = log;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    /// <summary>With another candidate at hand nobody waits longer than this for the first one.</summary>
    private static readonly TimeSpan LongestPauseBeforeFallback = TimeSpan.FromSeconds(5);

    /// <summary>Streams one answer. Ends with <see cref="ModelEvent.Completed"/> or throws.</summary>
    /// <exception cref="ModelFailureException">Every candidate failed, or the deadline passed.</exception>
    /// <exception cref="OperationCanceledException">The caller's token fired; no other candidate is tried.</exception>
    public async IAsyncEnumerable<ModelEvent> StreamAsync(ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var candidates = Admitted(request.Candidates);
        var failures = new List<(ModelRef Model, ModelCallException Failure)>();
        var tries = 1;
        for (var at = 0; ; tries++)
        {
            var model = candidates[at];
            var attempt = new Try(this, request, model, tries, cancellationToken);
            await using (attempt)
            {
                while (await attempt.NextAsync() is { } next)
                {
                    yield return next;
                }
            }

            if (attempt.Failure is not { } failure)
            {
                yield break;
            }

            failures.Add((model, failure));
            var pause = PauseBeforeRetry(failure, tries, at + 1 < candidates.Count, request.Deadline);
            if (pause is null)
            {
                GiveUpOn(model, failure);
                (at, tries) = (at + 1, 0);
                if (at == candidates.Count || _clock.GetUtcNow() >= request.Deadline)
                {
                    throw Failed(failures);
                }

                _cooldowns.TryEnter(candidates[at]);
            }

            LogTrying(candidates[at].Provider, candidates[at].Model, failure.Kind);
            if (attempt.HasShown)
            {
                yield return new ModelEvent.Restarted(model, candidates[at], failure.Message);
            }

            if (pause is { } wait)
            {
                await Task.Delay(wait, _clock, cancellationToken);
            }
        }
    }

    /// <summary>Session override → agent → defaults → first available model; then fallbacks; unconfigured providers skipped; never empty (the offline model is last).</summary>
    public IReadOnlyList<ModelRef> Candidates(string? overrideRef, AgentConfig? agent, AgentConfig defaults)
    {
        var snapshot = _catalog.Current;
        var choice = agent?.Model ?? defaults.Model;
        var wanted = new List<string?> { overrideRef ?? choice?.Primary };
        wanted.AddRange(choice is null || choice.Fallbacks.IsDefault ? [] : choice.Fallbacks);
        wanted.Add(choice?.Primary);

        var candidates = new List<ModelRef>();
        foreach (var text in wanted)
        {
            if (ModelRef.TryParse(text, out var reference) && snapshot.IsConfigured(reference) && !candidates.Contains(reference))
            {
                candidates.Add(reference);
            }
        }

        if (candidates.Count == 0)
        {
            candidates.Add(snapshot.First ?? OfflineModel.Reference);
        }

        return candidates;
    }

    /// <summary>Those that ask to be left alone go last: an answer may still come from them. The first one is entered, as a probe where it must be.</summary>
    private List<ModelRef> Admitted(IReadOnlyList<ModelRef> candidates)
    {
        if (candidates.Count == 0)
        {
            throw new ModelFailureException(ModelFailureKind.NotConfigured, "No model candidates available: configure a provider.");
        }

        var first = candidates.FirstOrDefault(_cooldowns.TryEnter);
        var rest = candidates.Where(model => model != first).ToLookup(_cooldowns.IsCooling);
        return first is null ? [.. candidates] : [first, .. rest[false], .. rest[true]];
    }

    /// <summary>How long to wait before the same model is tried again; null when it is not.</summary>
    private TimeSpan? PauseBeforeRetry(ModelCallException failure, int tries, bool hasFallback, DateTimeOffset deadline)
    {
        if (!failure.IsTransient || tries >= MaxTries)
        {
            return null;
        }

        var backoff = FirstPause * Math.Pow(2, tries - 1) * (0.8 + (Random.Shared.NextDouble() * 0.4));
        var pause = failure.RetryAfter is { } asked && asked > backoff ? asked : backoff;
        var isTooLong = hasFallback && pause > LongestPauseBeforeFallback;
        return isTooLong || _clock.GetUtcNow() + pause >= deadline ? null : pause;
    }

    private void GiveUpOn(ModelRef model, ModelCallException failure)
    {
        if (failure.WantsCooldown)
        {
            _cooldowns.Failed(model, failure.RetryAfter);
        }
    }

    private static ModelFailureException Failed(List<(ModelRef Model, ModelCallException Failure)> failures)
    {
        var last = failures[^1].Failure;
        var reasons = string.Join("; ", failures.GroupBy(failed => failed.Model).Select(tries => $"{tries.Key} {tries.Last().Failure.Message}"));
        return new ModelFailureException(last.Kind, reasons.Length > MaxReasons ? reasons[..MaxReasons] + "…" : reasons, last);
    }

    /// <summary>One try with its span, figures and log line.</summary>
    private sealed class Try : IAsyncDisposable
    {
        private readonly ModelRunner _runner;
        private readonly ModelRef _model;
        private readonly int _number;

        /// <summary>The model in the figures: names that are in no list may be anything, and figures are kept per name.</summary>
        private readonly ModelRef _label;

        private readonly ModelAttempt _attempt;
        private readonly System.Diagnostics.Activity? _activity;
        private readonly long _started;
        private string? _outcome;

        public Try(ModelRunner runner, ModelRequest request, ModelRef model, int number, CancellationToken cancellationToken)
        {
            (_runner, _model, _number, _started) = (runner, model, number, runner._clock.GetTimestamp());
            _label = runner._catalog.Current.Lists(model) ? model : model with { Model = "other" };
            _activity = ModelTelemetry.Start(model, number);
            _attempt = new ModelAttempt(
                request, model, token => runner._clients.GetAsync(runner._catalog.Current, model, token), TimeSpan.FromMilliseconds(runner._settings().IdleTimeoutMs),
                runner._clock, cancellationToken);
        }

        public ModelCallException? Failure { get; private set; }

        public bool HasShown => _attempt.HasShown;

        public async ValueTask<ModelEvent?> NextAsync()
        {
            try
            {
                var hadShown = _attempt.HasShown;
                var next = await _attempt.NextAsync();
                if (!hadShown && _attempt.HasShown)
                {
                    _runner._telemetry.FirstUpdate(_label, Elapsed);
                }

                if (next is ModelEvent.Completed)
                {
                    // Here and not after it: a caller that has the last event does not have to ask for one more.
                    _runner._cooldowns.Succeeded(_model);
                    End("ok");
                }

                return next;
            }
            catch (ModelCallException ex)
            {
                Failure = ex;
                End(ex.Kind.ToString());
                return null;
            }
        }

        public async ValueTask DisposeAsync()
        {
            End("cancelled");
            _runner._cooldowns.Left(_model);
            await _attempt.DisposeAsync();
        }

        private TimeSpan Elapsed => _runner._clock.GetElapsedTime(_started);

        private void End(string outcome)
        {
            if (_outcome is not null)
            {
                return;
            }

            _outcome = outcome;
            var elapsed = Elapsed;
            _runner._telemetry.Ended(_activity, _label, outcome, _attempt.Usage, elapsed);
            if (Failure is { } failure)
            {
                _runner.LogAttemptFailed(_model.Provider, _model.Model, _number, failure.Kind, failure.Status, elapsed.TotalMilliseconds);
            }
            else
            {
                _runner.LogAttemptEnded(_model.Provider, _model.Model, _number, outcome, elapsed.TotalMilliseconds);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Provider}/{Model}, try {Try}: {Outcome} after {Milliseconds:0} ms.")]
    private partial void LogAttemptEnded(string provider, string model, int @try, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Warning, "{Provider}/{Model}, try {Try}: {Kind} (HTTP status {Status}) after {Milliseconds:0} ms.")]
    private partial void LogAttemptFailed(string provider, string model, int @try, ModelFailureKind kind, int? status, double milliseconds);

    [LoggerMessage(LogLevel.Information, "Trying {Provider}/{Model} next, after {Kind}.")]
    private partial void LogTrying(string provider, string model, ModelFailureKind kind);
}
