using System.Globalization;
using Xopc.Configuration;

namespace Xopc.Gateway;

/// <summary>
/// What a deployment says about its edge in the section <c>Edge</c> (environment: <c>Edge__ReadPatience=00:01:00</c>,
/// <c>Edge__Destinations__agents__0=http://10.0.0.7:5102</c>). It beats what the host has chosen.
/// </summary>
internal static class EdgeDeployment
{
    private const string Section = "Edge";
    private const int MaxReplicas = 64;

    /// <exception cref="ConfigException">A setting cannot be used; all of them.</exception>
    public static void Apply(EdgeOptions edge, IConfiguration deployment)
    {
        var section = deployment.GetSection(Section);
        var problems = new List<ConfigProblem>();
        edge.MaxConcurrentConnections = Number(section, nameof(EdgeOptions.MaxConcurrentConnections), edge.MaxConcurrentConnections, problems);
        edge.MaxForwardedPerService = Number(section, nameof(EdgeOptions.MaxForwardedPerService), edge.MaxForwardedPerService, problems);
        edge.ForwardSilence = Time(section, nameof(EdgeOptions.ForwardSilence), edge.ForwardSilence, problems);
        edge.ReadPatience = Time(section, nameof(EdgeOptions.ReadPatience), edge.ReadPatience, problems);
        edge.ChangePatience = Time(section, nameof(EdgeOptions.ChangePatience), edge.ChangePatience, problems);
        edge.RestartPatience = Time(section, nameof(EdgeOptions.RestartPatience), edge.RestartPatience, problems);
        foreach (var service in section.GetSection(nameof(EdgeOptions.Destinations)).GetChildren())
        {
            Destinations(edge, service, problems);
        }

        if (problems.Count > 0)
        {
            throw new ConfigException("", problems);
        }
    }

    private static void Destinations(EdgeOptions edge, IConfigurationSection service, List<ConfigProblem> problems)
    {
        string[] addresses = [.. service.GetChildren().Select(child => child.Value ?? "").Where(address => address.Length > 0)];
        if (!XopcServices.All.Contains(service.Key))
        {
            problems.Add(new ConfigProblem(NameOf(service), "names no service", $"The services are {string.Join(", ", XopcServices.All)}."));
        }
        else if (addresses.Length is 0 or > MaxReplicas || addresses.FirstOrDefault(address => !IsAddress(address)) is not null)
        {
            var wrong = addresses.FirstOrDefault(address => !IsAddress(address));
            problems.Add(new ConfigProblem(
                NameOf(service), wrong is null ? $"has {addresses.Length} addresses" : wrong.Contains('@') ? "has an address with a user in it" : $"has the address \"{wrong}\"",
                $"Give 1 to {MaxReplicas} of http://host:port, https://host:port or unix:/absolute/path."));
        }
        else
        {
            edge.Destinations[service.Key] = addresses;
        }
    }

    private static bool IsAddress(string text) => text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase)
        ? Path.IsPathFullyQualified(text["unix:".Length..])
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.UserInfo.Length == 0 && uri.PathAndQuery == "/";

    private static int Number(IConfigurationSection section, string name, int otherwise, List<ConfigProblem> problems)
    {
        const int most = 1_000_000;
        if (section[name] is not { Length: > 0 } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= most)
        {
            return number;
        }

        problems.Add(new ConfigProblem(NameOf(section.GetSection(name)), $"is \"{text}\"", $"Use a whole number from 1 to {most}."));
        return otherwise;
    }

    private static TimeSpan Time(IConfigurationSection section, string name, TimeSpan otherwise, List<ConfigProblem> problems)
    {
        if (section[name] is not { Length: > 0 } text)
        {
            return otherwise;
        }

        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time >= TimeSpan.FromMilliseconds(100) && time <= TimeSpan.FromDays(1))
        {
            return time;
        }

        problems.Add(new ConfigProblem(NameOf(section.GetSection(name)), $"is \"{text}\"", "Use hh:mm:ss, from 00:00:00.1 to 1.00:00:00."));
        return otherwise;
    }

    // As it is written in an environment.
    private static string NameOf(IConfigurationSection section) => section.Path.Replace(":", "__", StringComparison.Ordinal);
}
