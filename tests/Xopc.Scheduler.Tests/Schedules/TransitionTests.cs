using System.Globalization;
using Xopc.Scheduler.Schedules;

namespace Xopc.Scheduler.Tests.Schedules;

/// <summary>Every zone of the machine, every time its clock jumps from 2024 to 2030: the product and the <see cref="Oracle"/> name the same instants.</summary>
public sealed class TransitionTests
{
    private static readonly DateTimeOffset First = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Last = new(2031, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly bool Full = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    private static readonly string[] Expressions =
    [
        "0 30 2 * * *", "0 0 3 * * *", "0 15 1 * * *", "0 30 0 * * *", "0 0 0 * * *", "59 59 23 * * *", "0 0,30 1,2 * * *", "0 30 * * * *", "0 */15 * * * *", "0 */10 1-3 * * *", "0 45 0-4 * * *", "0 0 2 * * 0",
    ];

    [Fact]
    public void A_cron_expression_is_due_when_the_zones_clock_says_so_through_every_jump()
    {
        var faults = new List<string>();
        var looked = 0;
        foreach (var (zone, jump) in Jumps())
        {
            foreach (var expression in Full ? Expressions : Expressions.Where((_, i) => (looked + i) % 4 == 0))
            {
                var schedule = CronSchedule.Parse(expression, zone, out _)!;
                var (after, until) = (jump.AddHours(-5), jump.AddHours(5));
                var expected = Oracle.Cron(expression, zone, after, until);
                var actual = schedule.Between(after, until).ToList();
                if (!expected.SequenceEqual(actual))
                {
                    faults.Add($"{zone.Id} {jump:u} '{expression}': expected {string.Join(' ', expected.Except(actual).Select(due => due.ToString("u")))}, found {string.Join(' ', actual.Except(expected).Select(due => due.ToString("u")))}");
                }
            }

            looked++;
        }

        Assert.True(looked > 0, "The machine has no time zones.");
        Assert.True(faults.Count == 0, $"{faults.Count} faults in {looked} jumps:\n" + string.Join('\n', faults.Take(60)));
    }

    [Fact]
    public void A_time_without_an_offset_is_the_first_instant_at_which_the_zones_clock_has_got_there()
    {
        var faults = new List<string>();
        foreach (var (zone, jump) in Jumps())
        {
            var shown = jump.UtcDateTime + zone.GetUtcOffset(jump);
            for (var minutes = -180; minutes <= 180; minutes += 15)
            {
                var local = shown.AddMinutes(minutes);
                var expected = Oracle.FirstAt(local, zone, jump.AddHours(-10));
                var actual = AtSchedule.Parse(local.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture), zone)!.Instant;
                if (expected != actual)
                {
                    faults.Add($"{zone.Id} {local:s}: expected {expected:u}, found {actual:u}");
                }
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults:\n" + string.Join('\n', faults.Take(60)));
    }

    [Fact]
    public void A_span_of_time_is_counted_in_real_time_through_every_jump()
    {
        foreach (var (_, jump) in Jumps())
        {
            var schedule = new EverySchedule(TimeSpan.FromMinutes(50), jump.AddHours(-7));

            var due = schedule.Between(jump.AddHours(-5), jump.AddHours(5)).ToList();

            Assert.Equal(Enumerable.Range(3, 12).Select(n => jump.AddHours(-7).AddMinutes(50 * n)), due);
        }
    }

    private static IEnumerable<(TimeZoneInfo Zone, DateTimeOffset Jump)> Jumps()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var zone in TimeZoneInfo.GetSystemTimeZones().OrderBy(zone => zone.Id, StringComparer.Ordinal))
        {
            var jumps = JumpsOf(zone).ToList();
            // Zones that jump alike are one; their names differ.
            if (Full || seen.Add(string.Join(' ', jumps.Select(jump => $"{jump.UtcTicks}{zone.GetUtcOffset(jump)}"))))
            {
                foreach (var jump in Full ? jumps : jumps.Take(4))
                {
                    yield return (zone, jump);
                }
            }
        }
    }

    // No zone jumps and jumps back within a day.
    private static IEnumerable<DateTimeOffset> JumpsOf(TimeZoneInfo zone)
    {
        for (var day = First; day < Last; day = day.AddDays(1))
        {
            if (zone.GetUtcOffset(day) is var offset && zone.GetUtcOffset(day.AddDays(1)) != offset)
            {
                var (before, after) = (day, day.AddDays(1));
                while (after - before > TimeSpan.FromSeconds(1))
                {
                    var middle = before.AddSeconds((int)(after - before).TotalSeconds / 2);
                    (before, after) = zone.GetUtcOffset(middle) == offset ? (middle, after) : (before, middle);
                }

                yield return after;
            }
        }
    }
}
