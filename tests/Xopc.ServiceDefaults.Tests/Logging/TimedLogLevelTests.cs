using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.ServiceDefaults.Tests.Logging;

public sealed class TimedLogLevelTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LogLevels _levels = new(LogLevel.Information);
    private readonly TimedLogLevel _timed;

    public TimedLogLevelTests() => _timed = new TimedLogLevel(_levels, _clock);

    public void Dispose() => _timed.Dispose();

    [Fact]
    public void A_level_for_a_time_goes_back_when_the_time_is_over()
    {
        React("debug", _clock.GetUtcNow().AddMinutes(10));
        Assert.Equal(("debug", LogLevel.Debug), (_timed.Current, _levels.Current));

        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal("debug", _timed.Current);
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("info", _timed.Current);
        Assert.Null(_timed.RevertsAt);
    }

    [Fact]
    public void A_later_word_replaces_an_earlier_ones_end()
    {
        React("debug", _clock.GetUtcNow().AddMinutes(1));
        React("trace", null);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("trace", _timed.Current);

        React(TimedLogLevel.Configured, null);
        Assert.Equal("info", _timed.Current);
    }

    [Fact]
    public void An_end_that_is_over_already_and_a_word_of_another_version_change_nothing_for_long()
    {
        React("shout", null);
        Assert.Equal("info", _timed.Current);

        React("debug", _clock.GetUtcNow().AddMinutes(-1));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("info", _timed.Current);
    }

    private void React(string level, DateTimeOffset? until) => _timed.Hear(new ControlMessage(ControlKinds.LogLevel, level, until?.ToString("O")));
}
