namespace Xopc.Architecture.Tests;

public sealed class LayoutTests
{
    private static readonly string[] Texts = ["*.cs", "*.csproj", "*.props", "*.targets", "*.json", "*.md", "*.yml", "*.yaml", "*.sh", "test", "run", "*.ts", "*.html"];

    [Fact]
    public void Folders_are_named_after_capabilities() => Assert.Empty(LayoutRules.Folders(Repository.Folders()));

    [Fact]
    public void No_settings_file_and_no_package_source_is_shipped() => Assert.Empty(LayoutRules.Files(Repository.Files("*")));

    [Fact]
    public void No_file_names_a_package_registry()
    {
        var files = Texts.SelectMany(Repository.Files).Where(file => !file.StartsWith("tests/Xopc.Architecture.Tests/", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => LayoutRules.Registries(file, Repository.Read(file))));
    }

    [Fact]
    public void A_program_is_its_modules_and_the_defaults()
    {
        var programs = Repository.Files("Program.cs").Where(file => Repository.Projects.Values.Any(project => project.IsProduct && file == $"{project.Name}/Program.cs")).ToList();

        Assert.Contains("Xopc.Gateway/Program.cs", programs);
        Assert.Empty(programs.Select(file => LayoutRules.Program(file, Repository.Read(file))).OfType<string>());
    }

    [Fact]
    public void Violations_of_the_layout_are_found()
    {
        Assert.Equal(2, LayoutRules.Folders(["Xopc.Agents/Helpers", "Xopc.Agents/common", "Xopc.Agents/Turns"]).Count());
        Assert.Equal(2, LayoutRules.Files(["Xopc.Agents/appsettings.Development.json", "tests/NuGet.Config", "global.json"]).Count());
        Assert.Single(LayoutRules.Registries("a.props", "<add value=\"https://nuget.example/v3/index.json\" />"));
        Assert.Single(LayoutRules.Registries("b.json", "\"resolved\": \"https://npmjs.example/vite\""));
        Assert.Empty(LayoutRules.Registries("c.md", "see https://example.org/ and NuGet"));
        Assert.NotNull(LayoutRules.Program("Program.cs", string.Join('\n', Enumerable.Repeat("x", 21))));
        Assert.Null(LayoutRules.Program("Program.cs", string.Join('\n', Enumerable.Repeat("x", 20)) + "\n"));
    }
}
