// Every word of the page, in English, Norwegian bokmål and Danish. Results are named by the study's labels.
import type { Language } from "./data";

type Entry = readonly [en: string, nb: string, da: string];

const kTexts = {
  // the frame of the page
  "page.overline": ["Results report", "Resultatrapport", "Resultatrapport"],
  "page.contents": ["Contents", "Innhold", "Indhold"],
  "page.language": ["Language", "Språk", "Sprog"],
  "page.study": ["Study", "Studie", "Studie"],
  "page.facts": ["About this run", "Om kjøringen", "Om kørslen"],
  "page.key_figures": ["Key figures", "Nøkkeltall", "Nøgletal"],
  "page.left_out": ["Figures not drawn", "Figurer som ikke er tegnet", "Figurer der ikke er tegnet"],
  "page.appendix": ["Further tables", "Flere tabeller", "Flere tabeller"],
  "page.figure": ["Figure", "Figur", "Figur"],
  "page.footer": [
    "This page holds all its data and loads nothing from the network. Pictures are drawn with Observable Plot.",
    "Siden inneholder alle sine data og henter ingenting fra nettet. Figurene er tegnet med Observable Plot.",
    "Siden indeholder alle sine data og henter intet fra nettet. Figurerne er tegnet med Observable Plot.",
  ],
  "purpose": ["Purpose", "Formål", "Formål"],
  "purpose.aggregate": ["statistics on groups", "statistikk om grupper", "statistik om grupper"],
  "purpose.validation": ["validation of a model", "validering av en modell", "validering af en model"],
  "purpose.decision-support": ["decision support", "beslutningsstøtte", "beslutningsstøtte"],
  "flag.dry_run": [
    "Dry run – not for use. The numbers come from a trial with reduced settings.",
    "Prøvekjøring – ikke til bruk. Tallene kommer fra en kjøring med reduserte innstillinger.",
    "Prøvekørsel – ikke til brug. Tallene stammer fra en kørsel med reducerede indstillinger.",
  ],
  "flag.synthetic": [
    "Synthetic registers: no number on this page is about real people.",
    "Syntetiske registre: ingen tall på denne siden gjelder virkelige personer.",
    "Syntetiske registre: ingen tal på denne side vedrører virkelige personer.",
  ],
  "fact.kohort_version": ["kohort version", "kohort-versjon", "kohort-version"],
  "fact.seed": ["Seed", "Startverdi (seed)", "Startværdi (seed)"],
  "fact.persons": ["Persons", "Personer", "Personer"],
  "fact.units": ["Persons", "Personer", "Personer"],
  "fact.years": ["Years", "År", "År"],
  "fact.predictors": ["Predictors", "Prediktorer", "Prædiktorer"],
  "fact.models": ["Models", "Modeller", "Modeller"],
  "fact.outcomes": ["Outcomes", "Utfall", "Udfald"],
  "fact.horizons": ["Horizons", "Horisonter", "Horisonter"],
  "fact.threads": ["Threads", "Tråder", "Tråde"],
  "fact.peak_memory": ["Peak memory", "Største minnebruk", "Største hukommelsesforbrug"],
  "fact.duration": ["Time used", "Tidsbruk", "Tidsforbrug"],
  "fact.suppression_below": ["Cells suppressed below", "Celler skjules under", "Celler skjules under"],
  "fact.calibration": ["Calibration", "Kalibrering", "Kalibrering"],
  "fact.population": ["Population", "Populasjon", "Population"],
  "fact.finished": ["Finished", "Ferdig", "Færdig"],

  // sections
  "section.ranking": [
    "How well do the predictions tell persons apart?",
    "Hvor godt skiller prediksjonene mellom personer?",
    "Hvor godt skelner prædiktionerne mellem personer?",
  ],
  "section.freshness": ["Do models go stale?", "Er modellene ferskvare?", "Forældes modellerne?"],
  "section.forecast": [
    "Do the forecasts follow what happened?",
    "Følger prognosene den faktiske utviklingen?",
    "Følger prognoserne den faktiske udvikling?",
  ],
  "section.calibration": ["Calibration", "Kalibrering", "Kalibrering"],

  // figures: title and method
  "title.correlation": [
    "Correlation between predicted and actual number of events",
    "Korrelasjon mellom predikert og faktisk antall hendelser",
    "Korrelation mellem prædikteret og faktisk antal hændelser",
  ],
  "method.correlation": [
    "Pearson correlation over persons between the prediction and the number of events that followed. 1 is a perfect linear relation, 0 is none.",
    "Pearson-korrelasjon over personer mellom prediksjonen og antallet hendelser som faktisk fulgte. 1 er fullt lineært samsvar, 0 er intet.",
    "Pearson-korrelation over personer mellem prædiktionen og det antal hændelser, der faktisk fulgte. 1 er fuld lineær overensstemmelse, 0 er ingen.",
  ],
  "title.correlation_previously": [
    "Correlation among persons with earlier events",
    "Korrelasjon blant personer med tidligere hendelser",
    "Korrelation blandt personer med tidligere hændelser",
  ],
  "method.correlation_previously": [
    "As the figure before, only for persons who had at least one event by the time they were predicted from.",
    "Som forrige figur, men bare for personer som hadde minst én hendelse på tidspunktet det predikeres fra.",
    "Som forrige figur, men kun for personer, der havde mindst én hændelse på det tidspunkt, der prædikteres fra.",
  ],
  "title.concentration_shortest": [
    "Concentration of events, shortest horizon",
    "Konsentrasjon av hendelser, korteste horisont",
    "Koncentration af hændelser, korteste horisont",
  ],
  "title.concentration_longest": [
    "Concentration of events, longest horizon",
    "Konsentrasjon av hendelser, lengste horisont",
    "Koncentration af hændelser, længste horisont",
  ],
  "method.concentration": [
    "Persons are sorted from highest to lowest prediction. The curves show the share of all actual and of all predicted events held by the first part of the population. The random line is what a ranking without information gives; the perfect line sorts persons by what actually happened. The predicted curve can pass 100 % where a model predicts negative numbers.",
    "Personene er sortert fra høyeste til laveste prediksjon. Kurvene viser andelen av alle faktiske og alle predikerte hendelser som den første delen av befolkningen står for. Den tilfeldige linjen er det en rangering uten informasjon gir; den perfekte sorterer personene etter det som faktisk skjedde. Den predikerte kurven kan passere 100 % når en modell predikerer negative antall.",
    "Personerne er sorteret fra højeste til laveste prædiktion. Kurverne viser andelen af alle faktiske og alle prædikterede hændelser, som den første del af befolkningen står for. Den tilfældige linje er, hvad en rangering uden information giver; den perfekte sorterer personerne efter det, der faktisk skete. Den prædikterede kurve kan overstige 100 %, når en model prædikterer negative antal.",
  ],
  "title.deciles": [
    "Persons with 1, 2, 3, 4 and more events by decile of the prediction",
    "Personer med 1, 2, 3, 4 og flere hendelser etter prediksjonsdesil",
    "Personer med 1, 2, 3, 4 og flere hændelser efter prædiktionsdecil",
  ],
  "title.deciles_previously": [
    "Events by decile, persons with earlier events",
    "Hendelser etter desil, personer med tidligere hendelser",
    "Hændelser efter decil, personer med tidligere hændelser",
  ],
  "title.deciles_not_previously": [
    "Events by decile, persons without earlier events",
    "Hendelser etter desil, personer uten tidligere hendelser",
    "Hændelser efter decil, personer uden tidligere hændelser",
  ],
  "method.deciles": [
    "Persons are divided into ten equal groups by their prediction; decile 1 has the highest. Bars show how many had exactly 1, 2, 3 or 4 and how many had 5 or more events in the predicted year; persons without events are not drawn. The vertical scale differs between outcomes. Suppressed cells are missing from the bars.",
    "Personene er delt i ti like store grupper etter prediksjonen; desil 1 har de høyeste. Søylene viser hvor mange som hadde nøyaktig 1, 2, 3 eller 4, og hvor mange som hadde 5 eller flere hendelser i det predikerte året; personer uten hendelser er ikke tegnet. Den loddrette skalaen er ulik for utfallene. Skjulte celler mangler i søylene.",
    "Personerne er delt i ti lige store grupper efter prædiktionen; decil 1 har de højeste. Søjlerne viser, hvor mange der havde præcis 1, 2, 3 eller 4, og hvor mange der havde 5 eller flere hændelser i det prædikterede år; personer uden hændelser er ikke tegnet. Den lodrette skala er forskellig for udfaldene. Skjulte celler mangler i søjlerne.",
  ],
  "title.deciles_none": [
    "Persons without any event by decile of the prediction",
    "Personer uten noen hendelse etter prediksjonsdesil",
    "Personer uden nogen hændelse efter prædiktionsdecil",
  ],
  "method.deciles_none": [
    "Share of each decile's persons who had no event in the predicted year; decile 1 has the highest predictions. The vertical axis does not begin at zero.",
    "Andelen av personene i hver desil som ikke hadde noen hendelse i det predikerte året; desil 1 har de høyeste prediksjonene. Den loddrette aksen begynner ikke på null.",
    "Andelen af personerne i hver decil, der ikke havde nogen hændelse i det prædikterede år; decil 1 har de højeste prædiktioner. Den lodrette akse begynder ikke ved nul.",
  ],
  "title.freshness": [
    "Age of the model and correlation, by age group",
    "Modellens alder og korrelasjon, etter aldersgruppe",
    "Modellens alder og korrelation, efter aldersgruppe",
  ],
  "method.freshness": [
    "Models trained on outcomes of different years predict the same year from the same predictors. Pearson correlation between prediction and number of events within each age group; one symbol per year of training.",
    "Modeller trent på utfall fra ulike år predikerer samme år ut fra de samme prediktorene. Pearson-korrelasjon mellom prediksjon og antall hendelser i hver aldersgruppe; ett symbol per treningsår.",
    "Modeller trænet på udfald fra forskellige år prædikterer samme år ud fra de samme prædiktorer. Pearson-korrelation mellem prædiktion og antal hændelser i hver aldersgruppe; ét symbol pr. træningsår.",
  ],
  "title.forecast_nation": [
    "Predicted and actual development, whole population",
    "Predikert og faktisk utvikling, hele befolkningen",
    "Prædikteret og faktisk udvikling, hele befolkningen",
  ],
  "title.forecast_area": [
    "Predicted and actual development by area",
    "Predikert og faktisk utvikling etter område",
    "Prædikteret og faktisk udvikling efter område",
  ],
  "title.forecast_age": [
    "Predicted and actual development by age group",
    "Predikert og faktisk utvikling etter aldersgruppe",
    "Prædikteret og faktisk udvikling efter aldersgruppe",
  ],
  "method.forecast": [
    "The forecast of a group is the mean of its persons' predictions, one horizon per year, all from the same predictors. The index divides each series by its own first year, so that it shows the trend and not the level; choose “mean” to see levels.",
    "Prognosen for en gruppe er gjennomsnittet av personenes prediksjoner, én horisont per år, alle fra de samme prediktorene. Indeksen deler hver serie på sitt eget første år, slik at den viser trenden og ikke nivået; velg «gjennomsnitt» for å se nivåer.",
    "Prognosen for en gruppe er gennemsnittet af personernes prædiktioner, én horisont pr. år, alle fra de samme prædiktorer. Indekset dividerer hver serie med dens eget første år, så det viser tendensen og ikke niveauet; vælg »gennemsnit« for at se niveauer.",
  ],
  "title.signal": [
    "Signal value of the predictions by age group",
    "Prediksjonenes signalverdi etter aldersgruppe",
    "Prædiktionernes signalværdi efter aldersgruppe",
  ],
  "method.signal": [
    "Slope of a linear regression of the actual on the predicted number of events within each age group: how many more events follow when the prediction is one higher. Lines are 95 % intervals (1.96 standard errors); very long ones are cut at the edge of the panel. At 1 (dashed) a predicted difference is a real one.",
    "Helningen i en lineær regresjon av faktisk på predikert antall hendelser i hver aldersgruppe: hvor mange flere hendelser som følger når prediksjonen er én høyere. Strekene er 95 %-intervaller (1,96 standardfeil); svært lange er kuttet ved panelets kant. Ved 1 (stiplet) er en predikert forskjell en reell forskjell.",
    "Hældningen i en lineær regression af faktisk på prædikteret antal hændelser i hver aldersgruppe: hvor mange flere hændelser der følger, når prædiktionen er én højere. Stregerne er 95 %-intervaller (1,96 standardfejl); meget lange er skåret af ved panelets kant. Ved 1 (stiplet) er en prædikteret forskel en reel forskel.",
  ],
  "title.calibration": ["Calibration curves", "Kalibreringskurver", "Kalibreringskurver"],
  "method.calibration": [
    "Isotonic regression of the actual number of events on the prediction, fitted on predictions for years before the one it is applied to (the table on calibration below says which). Dots are groups of persons with similar predictions, larger for more persons; the dashed line is perfect agreement. Dots below it mean that the model predicts too much. The scale differs between outcomes.",
    "Isotonisk regresjon av faktisk antall hendelser på prediksjonen, tilpasset på prediksjoner for år før det den brukes på (tabellen om kalibrering nedenfor sier hvilke). Prikkene er grupper av personer med lignende prediksjoner, større for flere personer; den stiplede linjen er fullt samsvar. Prikker under den betyr at modellen predikerer for mye. Skalaen er ulik for utfallene.",
    "Isotonisk regression af faktisk antal hændelser på prædiktionen, tilpasset på prædiktioner for år før det, den anvendes på (tabellen om kalibrering nedenfor siger hvilke). Prikkerne er grupper af personer med lignende prædiktioner, større for flere personer; den stiplede linje er fuld overensstemmelse. Prikker under den betyder, at modellen prædikterer for meget. Skalaen er forskellig for udfaldene.",
  ],
  "sample.out": [
    "Out of sample: the models had seen no outcome from the predicted year or later.",
    "Utenfor treningsdata: modellene hadde ikke sett utfall fra det predikerte året eller senere.",
    "Uden for træningsdata: modellerne havde ikke set udfald fra det prædikterede år eller senere.",
  ],
  "sample.in": [
    "In sample, in whole or in part: some predicted years are not later than the outcomes the models were trained on.",
    "Helt eller delvis innenfor treningsdata: noen predikerte år er ikke senere enn utfallene modellene ble trent på.",
    "Helt eller delvist inden for træningsdata: nogle prædikterede år er ikke senere end de udfald, modellerne blev trænet på.",
  ],
  "sample.fitted": [
    "In sample: the dots are the predictions that the curve was fitted on.",
    "Innenfor utvalget: prikkene er prediksjonene som kurven er tilpasset på.",
    "Inden for stikprøven: prikkerne er de prædiktioner, som kurven er tilpasset på.",
  ],
  "sample.held_out": [
    "Out of sample: the dots are the predictions that the curve is applied to.",
    "Utenfor utvalget: prikkene er prediksjonene som kurven brukes på.",
    "Uden for stikprøven: prikkerne er de prædiktioner, som kurven anvendes på.",
  ],
  "source": [
    "Same design as figure {n} of the Frisch Centre's report on forecasts of crime.",
    "Samme oppsett som figur {n} i Frischsenterets rapport om prognoser for kriminalitetsutviklingen.",
    "Samme opstilling som figur {n} i Frischsenterets rapport om prognoser for kriminalitetsudviklingen.",
  ],
  "context.predict_from": ["predictors from {v}", "prediktorer fra {v}", "prædiktorer fra {v}"],
  "context.trained_on": ["trained on outcomes in {v}", "trent på utfall i {v}", "trænet på udfald i {v}"],
  "context.predict_year": ["predicted year {v}", "predikert år {v}", "prædikteret år {v}"],
  "context.horizon": ["horizon {v} years", "horisont {v} år", "horisont {v} år"],

  // axes
  "y.correlation": ["Correlation", "Korrelasjon", "Korrelation"],
  "y.cumulative_share": ["Cumulated share of events (%)", "Kumulert andel av hendelser (%)", "Kumuleret andel af hændelser (%)"],
  "y.persons": ["Number of persons", "Antall personer", "Antal personer"],
  "y.share_of_decile": ["Share of the decile's persons (%)", "Andel av personene i desilen (%)", "Andel af personerne i decilen (%)"],
  "y.share_without": ["Share without events (%)", "Andel uten hendelser (%)", "Andel uden hændelser (%)"],
  "y.index": ["Index (first year = {base})", "Indeks (første år = {base})", "Indeks (første år = {base})"],
  "y.level": ["Mean number of events per person", "Gjennomsnittlig antall hendelser per person", "Gennemsnitligt antal hændelser pr. person"],
  "y.slope": ["Actual events per predicted event (slope)", "Faktiske hendelser per predikert hendelse (helning)", "Faktiske hændelser pr. prædikteret hændelse (hældning)"],
  "y.calibrated": ["Actual events per person", "Faktiske hendelser per person", "Faktiske hændelser pr. person"],
  "x.horizon": ["Prediction horizon (years)", "Prediksjonshorisont (år)", "Prædiktionshorisont (år)"],
  "x.fraction": [
    "Share of the population, highest prediction first (%)",
    "Andel av befolkningen, høyeste prediksjon først (%)",
    "Andel af befolkningen, højeste prædiktion først (%)",
  ],
  "x.decile": ["Decile of the prediction (1 = highest)", "Prediksjonsdesil (1 = høyest)", "Prædiktionsdecil (1 = højest)"],
  "x.group": ["Age group (years)", "Aldersgruppe (år)", "Aldersgruppe (år)"],
  "x.year": ["Year", "År", "År"],
  "x.prediction": ["Predicted events per person", "Predikerte hendelser per person", "Prædikterede hændelser pr. person"],

  // measures, legends, controls
  "measure.index": ["index", "indeks", "indeks"],
  "measure.level": ["mean", "gjennomsnitt", "gennemsnit"],
  "measure.persons": ["number of persons", "antall personer", "antal personer"],
  "measure.share_of_decile": ["share", "andel", "andel"],
  "series.actual": ["Actual", "Faktisk", "Faktisk"],
  "series.predicted": ["Predicted", "Predikert", "Prædikteret"],
  "series.perfect": ["Perfect ranking", "Perfekt rangering", "Perfekt rangering"],
  "series.random": ["Random ranking", "Tilfeldig rangering", "Tilfældig rangering"],
  "series.curve": ["Calibration curve", "Kalibreringskurve", "Kalibreringskurve"],
  "series.observed": ["Observed groups", "Observerte grupper", "Observerede grupper"],
  "series.identity": ["Perfect agreement", "Fullt samsvar", "Fuld overensstemmelse"],
  "control.measure": ["Show", "Vis", "Vis"],
  "legend.events": ["Events", "Hendelser", "Hændelser"],
  "legend.trained_on": ["Trained on outcomes in", "Trent på utfall i", "Trænet på udfald i"],
  "legend.horizon": ["Horizon (years)", "Horisont (år)", "Horisont (år)"],
  "legend.model": ["Model", "Modell", "Model"],
  "interval": ["95 % interval", "95 %-intervall", "95 %-interval"],

  // values that every study shares
  "value.lasso": ["LASSO", "LASSO", "LASSO"],
  "value.forest": ["Random forest", "Random forest", "Random forest"],
  "value.random_forest": ["Random forest", "Random forest", "Random forest"],
  "value.boosting": ["Boosting", "Boosting", "Boosting"],
  "value.xgboost": ["XGBoost", "XGBoost", "XGBoost"],
  "value.none": ["none", "ingen", "ingen"],
  "value.fitted": ["fitted on", "tilpasset på", "tilpasset på"],
  "value.held_out": ["applied to", "brukt på", "anvendt på"],
  "value.nation": ["whole population", "hele befolkningen", "hele befolkningen"],
  "value.all": ["all", "alle", "alle"],
  "value.age_group": ["age group", "aldersgruppe", "aldersgruppe"],
  "value.area": ["area", "område", "område"],

  // tables and buttons
  "table.show": ["Table", "Tabell", "Tabel"],
  "table.rows": ["{n} rows", "{n} rader", "{n} rækker"],
  "table.more": ["Show all {n} rows", "Vis alle {n} rader", "Vis alle {n} rækker"],
  "table.note": [
    "– is a suppressed or missing value. Choose a column heading to sort.",
    "– er en skjult eller manglende verdi. Velg en kolonneoverskrift for å sortere.",
    "– er en skjult eller manglende værdi. Vælg en kolonneoverskrift for at sortere.",
  ],
  "table.sort": ["Sort by {v}", "Sorter etter {v}", "Sortér efter {v}"],
  "table.attrition": ["Who was left out", "Hvem som falt fra", "Hvem der faldt fra"],
  "table.cv_results": ["Settings tried by cross-validation", "Innstillinger prøvd med kryssvalidering", "Indstillinger afprøvet med krydsvalidering"],
  "table.top_share": ["Share of events held by the top of the ranking", "Andel av hendelsene hos de høyest rangerte", "Andel af hændelserne hos de højest rangerede"],
  "table.calibration_summary": ["Calibration: what the curves were fitted on", "Kalibrering: hva kurvene er tilpasset på", "Kalibrering: hvad kurverne er tilpasset på"],
  "table.scores": ["Scores of the predictions", "Mål på prediksjonene", "Mål for prædiktionerne"],
  "table.updating": ["Updating: predictions of one year from different years", "Oppdatering: prediksjoner av ett år fra ulike år", "Opdatering: prædiktioner af ét år fra forskellige år"],
  "download.csv": ["Download CSV", "Last ned CSV", "Hent CSV"],
  "download.svg": ["Download SVG", "Last ned SVG", "Hent SVG"],
  "reason.no_table": ["this run has no table “{v}”", "kjøringen har ingen tabell «{v}»", "kørslen har ingen tabel »{v}«"],
  "reason.no_column": ["columns are missing in table {v}", "kolonner mangler i tabell {v}", "kolonner mangler i tabel {v}"],
  "reason.no_rows": [
    "table “{v}” has no values for it",
    "tabell «{v}» har ingen verdier for den",
    "tabel »{v}« har ingen værdier for den",
  ],

  // key figures
  "key.correlation": [
    "correlation between predicted and actual events",
    "korrelasjon mellom predikerte og faktiske hendelser",
    "korrelation mellem prædikterede og faktiske hændelser",
  ],
  "key.correlation_previously": [
    "the same among persons with earlier events",
    "det samme blant personer med tidligere hendelser",
    "det samme blandt personer med tidligere hændelser",
  ],
  "key.top_share": [
    "of all events fall on the 12.5 % with the highest prediction",
    "av alle hendelser faller på de 12,5 % med høyest prediksjon",
    "af alle hændelser falder på de 12,5 % med højest prædiktion",
  ],
  "key.top_decile_without": [
    "of the tenth with the highest prediction had no event",
    "av tidelen med høyest prediksjon hadde ingen hendelse",
    "af tiendedelen med højest prædiktion havde ingen hændelse",
  ],
  "key.forecast_actual": ["actual index at the end of the forecast", "faktisk indeks ved slutten av prognosen", "faktisk indeks ved slutningen af prognosen"],
  "key.forecast_predicted": ["predicted index at the end of the forecast", "predikert indeks ved slutten av prognosen", "prædikteret indeks ved slutningen af prognosen"],
  "key.context": ["{outcome}, over all models", "{outcome}, over alle modeller", "{outcome}, over alle modeller"],
  "key.horizon": ["{v} years ahead", "{v} år fram", "{v} år frem"],

  // columns of tables
  "column.outcome": ["Outcome", "Utfall", "Udfald"],
  "column.model": ["Model", "Modell", "Model"],
  "column.horizon": ["Horizon", "Horisont", "Horisont"],
  "column.calibration": ["Calibration", "Kalibrering", "Kalibrering"],
  "column.sample": ["Dots", "Prikker", "Prikker"],
  "column.robust_standard_error": ["Robust standard error", "Robust standardfeil", "Robust standardfejl"],
  "column.level_error": ["Level error (%)", "Nivåfeil (%)", "Niveaufejl (%)"],
  "column.change_error": ["Change error (%)", "Endringsfeil (%)", "Ændringsfejl (%)"],
  "column.fitted_on": ["Fitted on", "Tilpasset på", "Tilpasset på"],
  "column.status": ["Status", "Status", "Status"],
  "column.by": ["Curve by", "Kurve per", "Kurve pr."],
  "column.group": ["Group", "Gruppe", "Gruppe"],
  "column.group_by": ["Grouped by", "Gruppert etter", "Grupperet efter"],
  "column.trained_on": ["Trained on", "Trent på", "Trænet på"],
  "column.predict_from": ["Predicted from", "Predikert fra", "Prædikteret fra"],
  "column.predict_year": ["Predicted year", "Predikert år", "Prædikteret år"],
  "column.year": ["Year", "År", "År"],
  "column.n": ["Persons", "Personer", "Personer"],
  "column.persons": ["Persons", "Personer", "Personer"],
  "column.count": ["Count", "Antall", "Antal"],
  "column.share": ["Share", "Andel", "Andel"],
  "column.events": ["Events", "Hendelser", "Hændelser"],
  "column.decile": ["Decile", "Desil", "Decil"],
  "column.correlation": ["Correlation", "Korrelasjon", "Korrelation"],
  "column.fraction": ["Fraction", "Andel av befolkningen", "Andel af befolkningen"],
  "column.share_actual": ["Actual share", "Faktisk andel", "Faktisk andel"],
  "column.share_predicted": ["Predicted share", "Predikert andel", "Prædikteret andel"],
  "column.share_perfect": ["Perfect share", "Perfekt andel", "Perfekt andel"],
  "column.mean_predicted": ["Predicted mean", "Predikert gjennomsnitt", "Prædikteret gennemsnit"],
  "column.mean_actual": ["Actual mean", "Faktisk gjennomsnitt", "Faktisk gennemsnit"],
  "column.index_predicted": ["Predicted index", "Predikert indeks", "Prædikteret indeks"],
  "column.index_actual": ["Actual index", "Faktisk indeks", "Faktisk indeks"],
  "column.slope": ["Slope", "Helning", "Hældning"],
  "column.standard_error": ["Standard error", "Standardfeil", "Standardfejl"],
  "column.prediction": ["Prediction", "Prediksjon", "Prædiktion"],
  "column.calibrated": ["Calibrated", "Kalibrert", "Kalibreret"],
  "column.observed": ["Observed", "Observert", "Observeret"],
  "column.part": ["Part", "Del", "Del"],
  "column.population": ["Population", "Populasjon", "Population"],
  "column.step": ["Step", "Trinn", "Trin"],
} as const satisfies Record<string, Entry>;

export type TextKey = keyof typeof kTexts;

const kPlace: Record<Language, 0 | 1 | 2> = { en: 0, nb: 1, da: 2 };

/** The words of one language, and the study's own names for its values. */
export class Words {
  private readonly labels: ReadonlyMap<string, string>;

  constructor(
    readonly language: Language,
    labels: readonly (readonly [string, string])[],
  ) {
    this.labels = new Map(labels);
  }

  text(key: TextKey, values: Record<string, string | number> = {}): string {
    const text = kTexts[key][kPlace[this.language]].replace(/(\d) %/g, "$1\u00a0%"); // no line break before the sign
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  }
  /** The words under a key put together at run time, or nothing when there are none. */
  maybe(key: string, values: Record<string, string | number> = {}): string | undefined {
    return key in kTexts ? this.text(key as TextKey, values) : undefined;
  }
  /** A value as its label, as a word every study shares, or spelled out. */
  value(value: unknown): string {
    const name = String(value);
    const spelled = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) ? this.sentence(name.replaceAll("_", " ")) : name;
    return this.labels.get(name) ?? this.maybe(`value.${name}`) ?? spelled;
  }
  column(name: string): string {
    return this.maybe(`column.${name}`) ?? this.sentence(name.replaceAll("_", " "));
  }
  sentence(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
}

export const kLanguages: readonly (readonly [Language, string])[] = [
  ["nb", "Norsk bokmål"],
  ["da", "Dansk"],
  ["en", "English"],
];
