namespace Xopc.Configuration;

internal static class TimeZones
{
    public static string? Read(ConfigSection section, string key, bool allowLocal)
    {
        if (section.Text(key, 64)?.Trim() is not { } zone || section.IsUnresolved(key) || (allowLocal && zone.Equals("local", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        // Without ICU Windows knows no IANA names, so there only the form can be judged; Scheduler says the rest.
        var known = zone.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+')
            && (OperatingSystem.IsWindows() || TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _));
        if (known)
        {
            return zone;
        }

        section.Error(key, $"is \"{ReadContext.Printable(zone)}\", which is no known time zone", "Use a name of the IANA database, for example Europe/Berlin or UTC.");
        return null;
    }
}
