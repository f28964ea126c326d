using System.Xml.Linq;

namespace Xopc.Architecture.Tests;

/// <summary>The checked-out tree, found from where the tests run. Generated folders are no part of it.</summary>
internal static class Repository
{
    private static readonly string[] Generated = ["artifacts", "bin", "obj", "node_modules", "TestResults", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every project of the tree, by name.</summary>
    public static IReadOnlyDictionary<string, Project> Projects { get; } =
        Files("*.csproj").Select(Project.Read).ToDictionary(project => project.Name, StringComparer.Ordinal);

    /// <summary>Files by pattern, as paths relative to the root with forward slashes.</summary>
    public static IEnumerable<string> Files(string pattern) => Walk(Root)
        .SelectMany(directory => Directory.EnumerateFiles(directory, pattern))
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public static IEnumerable<string> Folders() => Walk(Root).Skip(1).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'));

    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    private static IEnumerable<string> Walk(string directory)
    {
        yield return directory;
        foreach (var child in Directory.EnumerateDirectories(directory))
        {
            var name = Path.GetFileName(child);
            if (name.StartsWith('.') && name != ".ci" || Generated.Contains(name))
            {
                continue;
            }

            foreach (var inner in Walk(child))
            {
                yield return inner;
            }
        }
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Xopc.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside the repository: no Xopc.sln above " + AppContext.BaseDirectory);
    }
}

/// <param name="References">Names of the projects it references.</param>
/// <param name="Packages">Names of the packages it references.</param>
internal sealed record Project(string Name, string Path, string AssemblyName, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    /// <summary>At the root and not a test: a deployment or a library of the product.</summary>
    public bool IsProduct => !Path.StartsWith("tests/", StringComparison.Ordinal) && !Path.StartsWith("benchmarks/", StringComparison.Ordinal);

    public static Project Read(string path)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var xml = XDocument.Load(System.IO.Path.Combine(Repository.Root, path));
        return new Project(
            name,
            path,
            xml.Descendants("AssemblyName").FirstOrDefault()?.Value ?? name,
            [.. Includes(xml, "ProjectReference").Select(include => System.IO.Path.GetFileNameWithoutExtension(include.Replace('\\', '/')))],
            [.. Includes(xml, "PackageReference")]);
    }

    private static IEnumerable<string> Includes(XDocument xml, string element) =>
        xml.Descendants(element).Select(item => item.Attribute("Include")?.Value).OfType<string>();
}
